import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Datagrams over the loopback to a port of one's own, which a filter tells from what others send. */
export class Traffic {
  readonly #from = createSocket('udp4');
  readonly #to: Socket;
  readonly port: number;
  sent = 0;

  private constructor(to: Socket) {
    this.#to = to;
    this.port = to.address().port;
  }

  static async open(): Promise<Traffic> {
    const to = createSocket('udp4');
    to.bind(0, '127.0.0.1');
    await once(to, 'listening');
    return new Traffic(to);
  }

  /** Keeps what is sent here. */
  get filter(): string {
    return `udp dst port ${this.port}`;
  }

  async send(datagrams: number, size = 20): Promise<void> {
    for (let i = 0; i < datagrams; i += 100) {
      const some = Array.from({ length: Math.min(100, datagrams - i) }, () => this.#send(Buffer.alloc(size, 7)));
      await Promise.all(some);
      await nextTurn(); // a socket that has room sends without one
    }
    this.sent += datagrams;
  }

  close(): void {
    this.#from.close();
    this.#to.close();
  }

  #send(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => this.#from.send(bytes, this.port, '127.0.0.1', (error) => (error === null ? resolve() : reject(error))));
  }
}
