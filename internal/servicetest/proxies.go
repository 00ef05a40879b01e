package servicetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Nginx starts nginx with the server blocks of site, which listen at address. Its logs are part of
// [Process.Output].
func Nginx(t testing.TB, site, address string) *Process {
	t.Helper()
	program, dir := Find(t, "nginx"), t.TempDir()
	config := fmt.Sprintf(`daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log stderr info;
events { worker_connections 64; }
http {
	access_log /dev/stdout;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
%[2]s
}
`, dir, site)
	file := writeFile(t, filepath.Join(dir, "nginx.conf"), config)
	return Start(t, exec.Command(program, "-p", dir, "-e", "stderr", "-c", file), address)
}

// Caddy starts Caddy with the text of a Caddyfile whose site listens at address. It asks nobody for
// certificates and has no admin interface.
func Caddy(t testing.TB, site, address string) *Process {
	t.Helper()
	program, dir := Find(t, "caddy"), t.TempDir()
	config := `{
	admin off
	auto_https off
	default_bind 127.0.0.1
}
` + site
	file := writeFile(t, filepath.Join(dir, "Caddyfile"), config)
	cmd := exec.Command(program, "run", "--adapter", "caddyfile", "--config", file)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	return Start(t, cmd, address)
}

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
