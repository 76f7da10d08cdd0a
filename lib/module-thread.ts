import type { Transferable, Worker } from 'node:worker_threads';
import { moduleEnding, modules } from './root.js';
import { threadLoaded } from './thread-loaded.js';

/** Who has a thread. */
export interface ThreadOwner<Reply> {
  take(reply: Reply): void;
  /** The thread has thrown; `ended` follows. */
  failed(cause: Error): void;
  ended(code: number): void;
}

/** A module that runs as a thread and answers messages. It holds the process only between `hold` and `release`, while an answer is due, and while it is being closed. */
export class ModuleThread<Request, Reply> {
  readonly #worker: Worker;
  /** Settled when the module is loaded, or the thread has ended. */
  readonly #loaded: Promise<void>;
  #closed = false;

  /**
   * Starts the thread.
   * @param name the module's path in lib/ without its extension, which ends with `-worker`, @param workerData what the thread is told
   * @param built what the module's name ends with once it is built: a thread begins sooner with CommonJS, and can share modules only without
   */
  constructor(name: string, owner: ThreadOwner<Reply>, workerData?: unknown, built: '.js' | '.cjs' = '.js') {
    this.#worker = startWorker(name, workerData, built);
    this.#worker.unref();
    this.#loaded = new Promise((resolve) => this.#worker.once('message', () => resolve()).once('exit', () => resolve()));
    this.#worker.on('message', (reply: Reply | typeof threadLoaded) => {
      if (reply !== threadLoaded) owner.take(reply);
    });
    this.#worker.on('error', (cause: Error) => owner.failed(cause));
    this.#worker.on('exit', (code) => owner.ended(code));
  }

  /** @param moved memory that goes to the thread, and is no longer here */
  tell(request: Request, moved: readonly Transferable[] = []): void {
    this.#worker.postMessage(request, moved);
  }

  hold(): void {
    this.#worker.ref();
  }

  release(): void {
    if (!this.#closed) this.#worker.unref();
  }

  /** Ends the thread, whatever it does. Once more it does nothing. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#worker.ref(); // until it has ended
    await this.#loaded; // ended while it opens its modules, a thread leaves one of them open
    await this.#worker.terminate();
  }
}

function startWorker(name: string, workerData: unknown, built: '.js' | '.cjs'): Worker {
  const { Worker } = process.getBuiltinModule('node:worker_threads'); // loaded when it is needed
  const url = new URL(`${name}${moduleEnding === '.js' ? built : moduleEnding}`, modules);
  const options = { workerData, execArgv: [] }; // of the program's flags some are for it alone, such as --input-type
  if (moduleEnding === '.js') return new Worker(url, options);
  // In a clone that is run from its sources: Node 20 gives threads no loader, so that each registers tsx itself.
  return new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import('${url.href}'); });`, { ...options, eval: true });
}
