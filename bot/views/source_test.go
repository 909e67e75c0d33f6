package views

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// constants are the values of the string constants of a package whose name begins with prefix or whose type is kind.
func constants(t *testing.T, dir, prefix, kind string) []string {
	t.Helper()
	var out []string
	declarations(t, dir, func(n ast.Node) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return
		}
		typed, _ := spec.Type.(*ast.Ident)
		for i, name := range spec.Names {
			value, isText := spec.Values[i].(*ast.BasicLit)
			if isText && value.Kind == token.STRING && (prefix != "" && strings.HasPrefix(name.Name, prefix) || kind != "" && typed != nil && typed.Name == kind) {
				text, _ := strconv.Unquote(value.Value)
				out = append(out, text)
			}
		}
	})
	if len(out) == 0 {
		t.Fatalf("no constants %q of type %q in %s", prefix, kind, dir)
	}
	return out
}

// replyTypes are the names of the types that are replies.
func replyTypes(t *testing.T) []string {
	t.Helper()
	var out []string
	declarations(t, "../../commands", func(n ast.Node) {
		if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "reply" && f.Recv != nil {
			if name, ok := f.Recv.List[0].Type.(*ast.Ident); ok {
				out = append(out, name.Name)
			}
		}
	})
	if len(out) == 0 {
		t.Fatal("no replies in commands")
	}
	return out
}

// declarations visits everything in a package's source, tests apart.
func declarations(t *testing.T, dir string, visit func(ast.Node)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			visit(n)
			return true
		})
	}
}
