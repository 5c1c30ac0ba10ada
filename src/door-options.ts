import { choice, listOf, network, onOffOr, orOff, text, whole } from "./option-kinds.ts";

/** The networks of all addresses. */
const ALL = ["0.0.0.0/0", "::/0"];

/** The options of the doors for Riemann's clients. */
export const DOOR_OPTIONS = {
  host: {
    name: "host",
    env: ["FTS_HOST"],
    kind: text,
    fallback: "127.0.0.1",
    description: "address that Riemann clients connect to",
  },
  port: {
    name: "port",
    env: ["FTS_PORT", "PORT"],
    kind: whole(0, 65_535),
    fallback: 5555,
    description: "its TCP port; 0: any free one",
  },
  udpPort: {
    name: "udp-port",
    env: ["FTS_UDP_PORT"],
    kind: orOff(whole(0, 65_535)),
    fallback: 5555,
    shown: "as --port",
    description: "its UDP port; 0: any free one; off: none",
  },
  udpBuffer: {
    name: "udp-buffer",
    env: ["FTS_UDP_BUFFER"],
    kind: whole(1, 2 ** 30),
    fallback: 4 * 1024 * 1024,
    shown: "4194304, 4 MiB",
    description: "bytes of unread datagrams that the kernel is to keep",
  },
  tlsPort: {
    name: "tls-port",
    env: ["FTS_TLS_PORT"],
    kind: orOff(whole(0, 65_535)),
    fallback: 5554,
    shown: "5554 with a certificate",
    description: "its port for TLS; 0: any free one; off: none",
  },
  tlsCert: {
    name: "tls-cert",
    env: ["FTS_TLS_CERT"],
    kind: orOff(text),
    fallback: false,
    shown: "none",
    description: "PEM file of the server's certificate and what signs it",
  },
  tlsKey: {
    name: "tls-key",
    env: ["FTS_TLS_KEY"],
    kind: orOff(text),
    fallback: false,
    shown: "none",
    description: "PEM file of its private key",
  },
  tlsCa: {
    name: "tls-ca",
    env: ["FTS_TLS_CA"],
    kind: orOff(text),
    fallback: false,
    shown: "none",
    description: "PEM file of the authorities that sign clients' certificates",
  },
  tlsClient: {
    name: "tls-client",
    env: ["FTS_TLS_CLIENT"],
    kind: choice("require", "request", "none"),
    fallback: "none",
    shown: "require with --tls-ca, else none",
    description: "clients' certificates: require, request (checked when given), or none",
  },
  allow: {
    name: "allow",
    env: ["FTS_ALLOW"],
    kind: listOf(network),
    fallback: ALL,
    shown: "all",
    description: "addresses and networks that may send over TCP, UDP and TLS, commas in between",
  },
  tcpQueries: {
    name: "tcp-queries",
    env: ["FTS_TCP_QUERIES"],
    kind: onOffOr(listOf(network)),
    fallback: true,
    shown: "on",
    description: "who may ask queries over TCP and TLS: on, off, or addresses and networks",
  },
} as const;
