package adapter

import (
	"context"
	"crypto/tls"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

// TestOnlyTheGateway: who reaches the socket but has not the gateway's one-time
// certificate cannot call the adapter.
func TestOnlyTheGateway(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	addr := i.worker.current.Load().client.ReattachConfig().Addr
	for name, c := range map[string]credentials.TransportCredentials{
		"in plain": insecure.NewCredentials(),
		"with TLS": credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}),
	} {
		conn, err := grpc.NewClient("unix://"+addr.String(), grpc.WithTransportCredentials(c))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		d, err := wire.NewAdapterClient(conn).Describe(ctx, &wire.DescribeRequest{})
		cancel()
		if err == nil {
			t.Errorf("%s: it answers a stranger: %v", name, d)
		}
		_ = conn.Close()
	}
	if _, err := prompt(i, 1, "x"); err != nil {
		t.Errorf("the gateway itself: %v", err)
	}
}

// TestKilledWithStreams: all streams of an adapter that is killed end with an
// error, and those of another are not touched.
func TestKilledWithStreams(t *testing.T) {
	s := newSite(t, options{})
	victim, other := s.started(core.InstanceConfig{Name: "victim"}), s.started(core.InstanceConfig{Name: "other"})
	const streams = 50
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := func(i *Instance) (begun chan struct{}, ended chan error) {
		begun, ended = make(chan struct{}, streams), make(chan error, streams)
		for range streams {
			all.Go(func() {
				ended <- i.Generate(ctx, "", generateFrame("forever"), func([]byte) error { begun <- struct{}{}; return nil })
			})
		}
		for range streams {
			<-begun
		}
		return begun, ended
	}
	_, dead := open(victim)
	_, living := open(other)
	r, err := prompt(victim, 1, "pid")
	if err := syscall.Kill(pids(t, r, err)[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for range streams {
		if err := <-dead; failure(err) != FailDown {
			t.Errorf("a stream of the dead: %v", err)
		}
	}
	if len(living) > 0 {
		t.Errorf("%d streams of the other ended: %v", len(living), <-living)
	}
	if r, err := prompt(other, 1, "block"); err != nil || r.Block == nil {
		t.Errorf("the other: %+v, %v", r, err)
	}
	cancel()
	all.Wait()
}
