import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './processes.ts';

/** Starts an nginx that passes on what an upstream answers. Resolves with `undefined` if nginx is not here and cannot be installed. */
export async function startNginx(
  upstream: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> } | undefined> {
  if (
    !existsSync('/usr/sbin/nginx') &&
    process.getuid?.() === 0 &&
    existsSync('/usr/bin/apt-get')
  ) {
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'nginx-light'], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  if (!existsSync('/usr/sbin/nginx')) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'finaz-nginx-'));
  const port = await freePort();
  const configuration = `
daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr error;
events { worker_connections 256; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server { listen 127.0.0.1:${port}; location / { proxy_pass ${upstream}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_max_temp_file_size 0; } }
}`;
  writeFileSync(join(folder, 'nginx.conf'), configuration);
  const child = spawn('/usr/sbin/nginx', ['-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(url, { method: 'HEAD' }).then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
