import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Tracks which connections of a server have a request under way. Node's own `closeIdleConnections` does not close connections that were opened in advance and
 * have not sent a request yet, so they would hold up a shutdown.
 */
export interface OpenConnections {
  /** Closes connections without a request, and each of the others as soon as its request is answered. */
  readonly closeWhenIdle: () => void;
}

export function trackConnections(server: Server): OpenConnections {
  const underWay = new Map<Socket, number>();
  let isClosing = false;

  server.on('connection', (socket: Socket) => {
    underWay.set(socket, 0);
    socket.once('close', () => underWay.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      if (underWay.has(socket)) underWay.set(socket, left);
      if (isClosing && left === 0) socket.end();
    });
  });

  return {
    closeWhenIdle() {
      isClosing = true;
      for (const [socket, requests] of underWay) if (requests === 0) socket.destroy();
    },
  };
}
