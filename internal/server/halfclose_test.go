package server

import (
	"io"
	"net"
	"testing"
)

// TestCappedConnectionClosesOneHalf wants the client to read the end of the answer while it may still send.
func TestCappedConnectionClosesOneHalf(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	capped := limitConnections(listener, 1)
	defer capped.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	served, err := capped.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	half, ok := served.(interface{ CloseWrite() error })
	if !ok {
		t.Fatal("net/http cannot close one half of the connection")
	}
	if err := half.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(client); err != nil || len(rest) != 0 {
		t.Errorf("the client reads %q, %v", rest, err)
	}
	if _, err := client.Write([]byte("still sending")); err != nil {
		t.Errorf("the client cannot send any more: %v", err)
	}
}
