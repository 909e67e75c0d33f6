//go:build race

package bot_test

// raced tells that this test looks for data races; then the program it drives does, too.
const raced = true
