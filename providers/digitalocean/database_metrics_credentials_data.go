package digitalocean

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseMetricsCredentials struct {
	ID       string `cty:"id"       is:"computed"           doc:"The word metrics-credentials."`
	Username string `cty:"username" is:"computed"           doc:"Name for the metrics endpoints of all clusters."`
	Password string `cty:"password" is:"computed,sensitive" doc:"Password for the metrics endpoints of all clusters."`
}

var databaseMetricsCredentialsData = providers.DataSource[*client, databaseMetricsCredentials]{
	Type: "digitalocean_database_metrics_credentials",
	Doc:  "Name and password for the metrics of all managed clusters of the account.",
	Read: lookUpDatabaseMetricsCredentials,
	Examples: []string{
		`data "digitalocean_database_metrics_credentials" "example" {}`,
	},
}

func lookUpDatabaseMetricsCredentials(ctx context.Context, c *client, x *databaseMetricsCredentials) error {
	got, _, err := c.Databases.GetMetricsCredentials(ctx)
	if err != nil {
		return err
	}
	x.ID, x.Username, x.Password = "metrics-credentials", got.BasicAuthUsername, got.BasicAuthPassword
	return nil
}
