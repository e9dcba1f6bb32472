/**
 * @module scripts/host/router
 * Finds the HTTP function that answers a request, and refuses routes that collide.
 */
import type { HostFunction } from './context.ts';
import { compileRoute, type Route } from './routes.ts';

interface Entry {
  function: HostFunction;
  route: Route;
  /** As written by the app, without the prefix: what collisions are judged by. */
  ownRoute: string;
  /** In upper case; empty takes every method. */
  methods: string[];
}

export interface Match {
  function: HostFunction;
  params: Record<string, string>;
}

export class Router {
  readonly #prefix: string;
  readonly #entries: Entry[] = [];

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Adds a function. Throws the real host's message when its route is taken, reserved or malformed. */
  add(target: HostFunction): void {
    const { route, methods = [] } = target.trigger;
    const ownRoute = (route || target.name).replace(/^\/+|\/+$/g, '').toLowerCase();
    if (/^(admin|runtime)/.test(ownRoute)) {
      throw new Error('The specified route conflicts with one or more built in routes.');
    }
    const upper = methods.map((method) => method.toUpperCase());
    const rival = this.#entries.find(
      (entry) => entry.ownRoute === ownRoute && overlaps(entry.methods, upper),
    );
    if (rival) {
      throw new Error(
        `The route specified conflicts with the route defined by function '${rival.function.name}'.`,
      );
    }
    const template = [this.#prefix, route || target.name].filter(Boolean).join('/');
    this.#entries.push({ function: target, route: compileRoute(template), ownRoute, methods: upper });
    this.#entries.sort((a, b) => (a.route.precedence < b.route.precedence ? -1 : 1));
  }

  /** The function for a decoded path and a method, with the route's parameters. */
  find(method: string, path: string): Match | undefined {
    for (const { function: target, route, methods } of this.#entries) {
      if (methods.length > 0 && !methods.includes(method)) continue;
      const params = route.match(path);
      if (params) return { function: target, params };
    }
    return undefined;
  }

  /** The template and methods of every function, for the log and the status pages. */
  list(): { name: string; template: string; methods: string[] }[] {
    return this.#entries.map(({ function: { name }, route: { template }, methods }) => ({
      name,
      template,
      methods,
    }));
  }
}

function overlaps(a: string[], b: string[]): boolean {
  return a.length === 0 || b.length === 0 || a.some((method) => b.includes(method));
}
