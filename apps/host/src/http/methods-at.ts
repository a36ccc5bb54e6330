import type { Hono } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import type { HostEnv } from './host-env.ts';

const everyMethod = 'ALL';

/** The methods of an address, from the routes of the app. Middleware, which runs for every method, does not count. */
export function methodsAt(app: Hono<HostEnv>): (path: string) => readonly string[] {
  let methods: TrieRouter<string> | undefined;
  return (path) => {
    methods ??= routerOfMethods(app);
    const [found] = methods.match(everyMethod, path);
    return [...new Set(found.map(([method]) => method))].toSorted();
  };
}

function routerOfMethods({ routes }: Hono<HostEnv>): TrieRouter<string> {
  const router = new TrieRouter<string>();
  for (const { method, path } of routes) {
    if (method !== everyMethod) router.add(everyMethod, path, method);
  }
  return router;
}
