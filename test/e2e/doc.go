// Package e2e tests the program from outside: it builds the command once, starts it on a free port of this
// machine, and speaks to it over sockets.
package e2e
