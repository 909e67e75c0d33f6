package store

import (
	"errors"
	"fmt"
	"time"
)

// What a caller may branch on when the ledger cannot be opened.
var (
	ErrMissing   = errors.New("there is no ledger there")                            // no file, an empty one, or no tables
	ErrExists    = errors.New("there is a ledger already")                           // Init found one
	ErrNewer     = errors.New("the ledger was written by a newer version")           // refuse to touch it
	ErrOlder     = errors.New("the ledger was written by an older version")          // opened for reading only: nobody upgraded it yet
	ErrInUse     = errors.New("another process has this ledger open")                // SQLite is one process
	ErrNotLedger = errors.New("this is not a ledger")                                // some other file or database
	ErrReadOnly  = errors.New("the ledger cannot be written")                        // permissions, read-only disk
	ErrFull      = errors.New("the disk of the ledger is full")                      // nothing was written
	ErrCorrupt   = errors.New("the ledger is damaged: restore a backup")             // the database says so
	ErrCopy      = errors.New("this is a copy of a ledger")                          // adopt it first
	ErrNoLead    = errors.New("another process leads, or this one no longer does")   // a claim of an old epoch
	ErrNotFound  = errors.New("no such row")                                         // draft, send, grant …
	ErrNoHistory = errors.New("the ledger's schema cannot be read: is it a ledger?") // versions out of order
)

// Moved says that a row was not in the state that the change expected: someone else was first, or it is too late.
type Moved struct {
	Subject string // S123, S123-1, D5, stop:2 …
	State   string // what it is now
	By      string // who was first, where known: a Slack user id
	At      time.Time
}

func (e *Moved) Error() string { return fmt.Sprintf("%s is already %s", e.Subject, e.State) }

// AlreadySent says that the draft became a send before: a second press, a re-delivery.
type AlreadySent struct{ Send int64 }

func (e *AlreadySent) Error() string { return "already sent as " + SendName(e.Send) }

// Repeat says that a customer had this stock, or that the ticket was used, inside the window, and no note was given.
type Repeat struct{ Earlier []Had }

func (e *Repeat) Error() string { return fmt.Sprintf("%d earlier like it and no note", len(e.Earlier)) }

// LimitReached says which limit a send would pass, with its numbers: used and held are what stands before this send.
type LimitReached struct {
	Limit Limit
	Used  Usage
	Asked Usage // in Held: what this send would add
}

func (e *LimitReached) Error() string {
	return fmt.Sprintf("limit %s per %s: %s held and %s spent of %s", e.Limit.Kind, e.Limit.Period,
		e.Used.HeldFen, e.Used.SpentFen, e.Limit.MaxFen)
}
