package sandbox

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page/index.html page/*.css page/*.js
var pageFiles embed.FS

// Page serves the web page: plain files as they are written, no outside resources, and a policy that keeps it so.
//
// The files are small modules, each named after what it draws or does; page.js is where to begin. They know the control
// APIs and nothing else. Everything they show is made of elements and text, never of markup, so a message cannot bring
// code. Who a window is stands in its address (#U01ANA/C01SUPPORT): two windows are two people.
//
// Block Kit is drawn by hand (blocks.js, fields.js, mrkdwn.js: some 400 lines). The kept library for it,
// slack-blocks-to-jsx, was weighed: its bundle alone is 580 kB and needs React, react-markdown and node-emoji besides, so
// the repository would hold a megabyte of generated script and a Node build, and everything here that acts (confirmations,
// typed search, forms with their errors, files) would still have to be written around it.
func Page() http.Handler {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		return http.NotFoundHandler()
	}
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache")
		serve.ServeHTTP(w, r)
	})
}
