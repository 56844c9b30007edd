// validate: what an API server and a cluster would say of manifests, without either.
//
//	validate [-configs DIR] FILE...
//	validate -print CONFIGMAP/KEY FILE
//
// Each document is decoded strictly (an unknown or repeated field is an error), completed with
// Kubernetes' defaults and checked by Kubernetes' own validation code. Then the documents of one file
// are looked at together: selectors must select, names must exist, and every Pod must pass the Pod
// Security Standard "restricted" but for what is listed in pods.go.
//
// -configs writes the configurations that ConfigMaps hold for Convoy into DIR; -print writes one value of a
// ConfigMap to standard output, and checks nothing.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	configs := flag.String("configs", "", "write the configurations inside ConfigMaps into this directory")
	value := flag.String("print", "", "write this CONFIGMAP/KEY to standard output")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: validate [-configs DIR | -print CONFIGMAP/KEY] FILE...")
		os.Exit(2)
	}
	failed := false
	for _, name := range flag.Args() {
		text, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		objects, problems := decodeAll(text)
		if *value != "" {
			printValue(*value, objects)
			return
		}
		problems = append(problems, checkTogether(objects)...)
		for _, problem := range problems {
			failed = true
			fmt.Printf("%s: %s\n", name, problem)
		}
		if len(objects) == 0 {
			failed = true
			fmt.Printf("%s: no document\n", name)
		}
		if *configs != "" {
			if err := writeConfigs(*configs, objects); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
		}
		fmt.Printf("%s: %d documents, %d problems\n", name, len(objects), len(problems))
	}
	if failed {
		os.Exit(1)
	}
}

func printValue(name string, objects []object) {
	mapName, key, _ := strings.Cut(name, "/")
	if found := configMap(mapName, objects); found != nil && found.Data[key] != "" {
		fmt.Print(found.Data[key])
		return
	}
	fmt.Fprintln(os.Stderr, "there is no", name)
	os.Exit(1)
}
