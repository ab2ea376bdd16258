/** Which methods every address takes, so that a wrong method is told from a wrong address. */
import type { FastifyInstance } from 'fastify';

interface Route {
  readonly pattern: RegExp;
  readonly method: string;
}

export class RouteTable {
  private readonly routes: Route[] = [];

  /** Listens to an instance that has no routes yet. */
  constructor(instance: Pick<FastifyInstance, 'addHook'>) {
    instance.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return;
      const pattern = new RegExp(`^${url.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}/?$`);
      for (const each of [method].flat()) this.routes.push({ pattern, method: each });
    });
  }

  methodsAt(url: string): string[] {
    const path = url.split('?', 1)[0] ?? url;
    const methods = this.routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods)].sort();
  }
}
