package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mlinfra/mlinfra/config"
)

func (a *app) metadataCommand() *cobra.Command {
	c := &cobra.Command{Use: "metadata", Short: "Describe mlinfra to programs", Args: subcommand, RunE: help}
	c.AddCommand(a.functionsCommand())
	return c
}

func (a *app) functionsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "functions", Short: "Print the signatures of the functions of expressions", Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			if !asJSON {
				return errors.New("metadata functions prints JSON only: add -json")
			}
			raw, err := json.Marshal(signatures(config.Functions(config.Env{})))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "%s\n", raw)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON; required")
	return c
}

// signature is how a function is called, as Terraform writes it.
type signature struct {
	Description string          `json:"description,omitempty"`
	ReturnType  json.RawMessage `json:"return_type"`
	Parameters  []parameter     `json:"parameters,omitempty"`
	Variadic    *parameter      `json:"variadic_parameter,omitempty"`
}

type parameter struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Type        json.RawMessage `json:"type"`
}

type signaturesJSON struct {
	FormatVersion string               `json:"format_version"`
	Functions     map[string]signature `json:"function_signatures"`
}

func signatures(functions map[string]function.Function) signaturesJSON {
	doc := signaturesJSON{"1.0", map[string]signature{}}
	for name, f := range functions {
		var types []cty.Type
		s := signature{Description: f.Description()}
		for _, p := range f.Params() {
			types = append(types, p.Type)
			s.Parameters = append(s.Parameters, parameterOf(p))
		}
		if p := f.VarParam(); p != nil {
			variadic := parameterOf(*p)
			s.Variadic = &variadic
		}
		s.ReturnType = typeJSON(returnType(f, types))
		doc.Functions[name] = s
	}
	return doc
}

func parameterOf(p function.Parameter) parameter {
	return parameter{Name: p.Name, Description: p.Description, Type: typeJSON(p.Type)}
}

// returnType returns the type of what f returns, dynamic when that depends on
// more than the types of its arguments.
func returnType(f function.Function, args []cty.Type) (ty cty.Type) {
	defer func() {
		if recover() != nil { // cty refuses arguments that are not values, as of can and try
			ty = cty.DynamicPseudoType
		}
	}()
	ty, err := f.ReturnType(args)
	if err != nil {
		return cty.DynamicPseudoType
	}
	return ty
}

// typeJSON returns the JSON of a type. What is no type of values, such as the
// argument of can, is dynamic.
func typeJSON(ty cty.Type) json.RawMessage {
	raw, err := ctyjson.MarshalType(ty)
	if err != nil {
		return json.RawMessage(`"dynamic"`)
	}
	return raw
}
