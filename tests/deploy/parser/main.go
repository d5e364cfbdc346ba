// Prints Compose files as the reference parser understands them: checked, interpolated, normalised, as JSON.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	model, err := load(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(model))
}

// load takes variables from the environment alone, never from a .env file.
func load(folder string, files []string) ([]byte, error) {
	options, err := cli.NewProjectOptions(files, cli.WithWorkingDirectory(folder), cli.WithOsEnv)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return project.MarshalJSON()
}
