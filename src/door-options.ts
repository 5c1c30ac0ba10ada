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
    description: "address to listen on for Riemann clients",
  },
  port: {
    name: "port",
    env: ["FTS_PORT", "PORT"],
    kind: whole(0, 65_535),
    fallback: 5555,
    description: "TCP port for Riemann clients; 0: any free port",
  },
  udpPort: {
    name: "udp-port",
    env: ["FTS_UDP_PORT"],
    kind: orOff(whole(0, 65_535)),
    fallback: 5555,
    shown: "as --port",
    description: "UDP port; 0: any free port; off: no UDP",
  },
  udpBuffer: {
    name: "udp-buffer",
    env: ["FTS_UDP_BUFFER"],
    kind: whole(1, 2 ** 30),
    fallback: 4 * 1024 * 1024,
    shown: "4194304, 4 MiB",
    description: "receive buffer for UDP to request from the kernel, bytes",
  },
  tlsPort: {
    name: "tls-port",
    env: ["FTS_TLS_PORT"],
    kind: orOff(whole(0, 65_535)),
    fallback: 5554,
    shown: "5554 with a certificate",
    description: "TLS port; 0: any free port; off: no TLS",
  },
  tlsCert: {
    name: "tls-cert",
    env: ["FTS_TLS_CERT"],
    kind: orOff(text),
    fallback: false,
    shown: "none",
    description: "PEM file with the server's certificate and its chain",
  },
  tlsKey: {
    name: "tls-key",
    env: ["FTS_TLS_KEY"],
    kind: orOff(text),
    fallback: false,
    shown: "none",
    description: "PEM file with the private key of that certificate",
  },
  tlsCa: {
    name: "tls-ca",
    env: ["FTS_TLS_CA"],
    kind: orOff(text),
    fallback: false,
    shown: "none",
    description: "PEM file with the authorities that sign client certificates",
  },
  tlsClient: {
    name: "tls-client",
    env: ["FTS_TLS_CLIENT"],
    kind: choice("require", "request", "none"),
    fallback: "none",
    shown: "require with --tls-ca, else none",
    description: "client certificates: require, request (verified when sent), or none",
  },
  allow: {
    name: "allow",
    env: ["FTS_ALLOW"],
    kind: listOf(network),
    fallback: ALL,
    shown: "all",
    description: "addresses and networks that may send over TCP, UDP and TLS, separated by commas",
  },
  tcpQueries: {
    name: "tcp-queries",
    env: ["FTS_TCP_QUERIES"],
    kind: onOffOr(listOf(network)),
    fallback: true,
    shown: "on",
    description: "who may query over TCP and TLS: on, off, or addresses and networks",
  },
} as const;
