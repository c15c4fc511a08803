package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/config"
)

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "version", Short: "Print the version", Args: atMost(0),
		Long: `Prints the version of mlinfra. With -json also, as terraform_version, the
version of Terraform whose language it understands.`,
		RunE: func(*cobra.Command, []string) error {
			platform := runtime.GOOS + "_" + runtime.GOARCH
			if asJSON {
				return a.printJSON(struct {
					Mlinfra    string            `json:"mlinfra_version"`
					Terraform  string            `json:"terraform_version"`
					Platform   string            `json:"platform"`
					Selections map[string]string `json:"provider_selections"`
					Outdated   bool              `json:"terraform_outdated"`
				}{version, config.TerraformVersion, platform, map[string]string{}, false})
			}
			return a.printVersion()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) printVersion() error {
	_, err := fmt.Fprintf(a.stdout, "mlinfra v%s\non %s_%s\n", version, runtime.GOOS, runtime.GOARCH)
	return err
}
