import { CaptureLog } from "./capture/capture-log.ts";
import { Recorder } from "./capture/recorder.ts";
import { RecordingIntake } from "./capture/recording-intake.ts";
import { NOTHING_RECORDED } from "./capture/report.ts";
import type { SystemClock } from "./core/clock.ts";
import type { DataDirectory } from "./data-directory.ts";
import { closeDisk, type Disk } from "./disk.ts";
import { listening, openDoors } from "./doors/open-doors.ts";
import { heldBy } from "./engine/report.ts";
import { coerceError, FastTsError } from "./errors.ts";
import { AlertStore } from "./host/alert-store.ts";
import type { Host } from "./host/host.ts";
import { InlineHost } from "./host/inline-host.ts";
import { Loader } from "./host/loader.ts";
import { TroubleStore } from "./host/trouble-store.ts";
import { WorkerPool } from "./host/worker-pool.ts";
import { type HttpServer, startHttp } from "./http/server.ts";
import { isShownByPs, readToken } from "./http/token.ts";
import type { DaemonView, Readiness } from "./http/view.ts";
import { Admission } from "./ingest/admission.ts";
import type { Door } from "./ingest/door.ts";
import type { Intake } from "./ingest/intake.ts";
import { QueryLimiter } from "./ingest/query-limiter.ts";
import { ReaderBudget } from "./ingest/reader-budget.ts";
import { newQueryCounts, sumOf } from "./ingest/report.ts";
import { addressOf } from "./listening.ts";
import type { ProcessLog } from "./log.ts";
import { readinessOf } from "./readiness.ts";
import { dispose } from "./routes/bundle.ts";
import { type RouteWatch, watchRoutes } from "./routes/watch.ts";
import { queryFrames } from "./runtime/query-frames.ts";
import { SharedSearches } from "./runtime/shared-searches.ts";
import { allOf, atMost, type StopReport } from "./runtime/shutdown.ts";
import type { DaemonSettings } from "./settings.ts";
import type { Silence } from "./silences/silence.ts";
import { SilenceWatch } from "./silences/silence-watch.ts";
import { EVENT_SERIES } from "./sinks/scraped-series.ts";

const NOT_SAVED = "state is not saved at this stop: the next start goes on from what was saved before";

/** A running router. */
export interface Daemon {
  /** The TCP port that is open. */
  readonly port: number;
  /** The UDP port that is open; null when there is none. */
  readonly udpPort: number | null;
  /** The TLS port that is open; null when there is none. */
  readonly tlsPort: number | null;
  /** The HTTP port that is open; null when there is none. */
  readonly httpPort: number | null;
  /** Loads the route directory and certificates anew; false when something is wrong with one: then what was goes on. */
  reload(): Promise<boolean>;
  /** Closes the doors, lets every pipeline finish within the stop deadline, ends. Idempotent. */
  stop(): Promise<StopReport>;
  /** Waits for nothing more: logs what is lost. The process is to exit then; what runs goes on until it does. */
  abandon(): Promise<void>;
  /** What HTTP shows. */
  readonly view: DaemonView;
}

export class RunningDaemon implements Daemon {
  readonly view: DaemonView;
  readonly #settings: DaemonSettings;
  readonly #log: ProcessLog;
  readonly #clock: SystemClock;
  readonly #hosting: Host;
  readonly #loader: Loader;
  #recorder: Recorder | null = null;
  #admission: Admission | null = null;
  readonly #doors: Door[] = [];
  readonly #queryCounts = newQueryCounts();
  readonly #searches: SharedSearches;
  readonly #readerBudget = new ReaderBudget();
  #http: HttpServer | null = null;
  #watch: RouteWatch | null = null;
  #silences: SilenceWatch | null = null;
  readonly #data: DataDirectory | null;
  readonly #alerts: AlertStore;
  readonly #troubles: TroubleStore;
  readonly #disk: Disk;
  #isListening = false;
  #stopping: Promise<StopReport> | null = null;

  constructor(settings: DaemonSettings, log: ProcessLog, clock: SystemClock, disk: Disk) {
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    const { data, state, journal, marks, givenUp } = disk;
    this.#disk = disk;
    this.#data = data;
    const { inbox, maxStateBytes, defaultTtl, maxAhead, timeUnits, maxFrame, stopDeadline, workers } = settings;
    const dataDir = data?.path ?? null;
    this.#alerts = new AlertStore({ dataDir, keepsState: state.isOn, clock: this.#clock, log });
    this.#troubles = new TroubleStore({ dataDir, clock: this.#clock, log, host: () => this.#hosting });
    const { partitionKey } = settings;
    const limits = { inbox, maxStateBytes, defaultTtl, maxAhead, timeUnits, partitionKey, maxFrame, stopDeadline };
    const hosting = {
      log,
      ...limits,
      dataDir,
      alerts: this.#alerts,
      troubles: this.#troubles,
      state,
      journal,
      marks,
      givenUp,
    };
    this.#hosting = workers === 0 ? new InlineHost(hosting) : new WorkerPool(workers, hosting);
    const { routeDir: dir, settle } = settings;
    this.#loader = new Loader({
      ...{ dir, settle, hosting: this.#hosting, hasData: dataDir !== null, partitionKey, clock: this.#clock, log },
      listening: () => listening(this.#doors, this.#settings),
    });
    this.#searches = new SharedSearches((query, forms) => this.#hosting.search(query, forms));
    this.view = {
      pipelines: () => [...this.#hosting.pipelines()],
      reports: () => this.#hosting.pipelines(),
      states: () => this.#hosting.states(),
      transport: () => sumOf(this.view.doors(), this.#queryCounts),
      doors: () => this.#doors.map((door) => door.report),
      recording: () => this.#recorder?.report ?? NOTHING_RECORDED,
      readiness: () => this.#readiness(),
      workers: () => this.#hosting.workers(),
      targets: () => this.#hosting.targets(),
      mistimed: () => this.#hosting.mistimed(),
      eventSeries: () => EVENT_SERIES.text(this.#clock.now()),
      reloads: () => this.#loader.report,
      state: () => state.report,
      journal: () => journal?.report ?? null,
      search: (query) => this.#searches.ask(query, "lines"),
      taps: () => this.#loader.taps,
      listen: (tap, listener) => this.#hosting.listen(tap, listener),
    };
  }

  get port(): number {
    return this.#portOf("tcp") ?? this.#settings.port;
  }

  get udpPort(): number | null {
    return this.#portOf("udp");
  }

  get tlsPort(): number | null {
    return this.#portOf("tls");
  }

  get httpPort(): number | null {
    return this.#http?.port ?? null;
  }

  async reload(): Promise<boolean> {
    await this.#renewToken();
    const doors = await Promise.all(this.#doors.map((door) => door.reload()));
    const isLoaded = await this.#loader.load(true);
    return isLoaded && doors.every((isWell) => isWell);
  }

  /** Starts the pipelines. With a journal: they have come to its end. */
  async load(): Promise<void> {
    if (this.#loader.running !== null) return;
    const { routeDir, silences, watch } = this.#settings;
    const [log, clock] = [this.#log, this.#clock];
    if (watch) {
      this.#loader.onLoaded = (inputs) => this.#watch?.add(inputs);
      const onError = (error: unknown): void =>
        log.warn("cannot watch, changes may go unnoticed: reload with SIGHUP", { error });
      this.#watch = await watchRoutes(routeDir, () => void this.#loader.load(), { clock, onError });
    }
    if (silences !== false) {
      const onSilences = (all: readonly Silence[]): void => this.#hosting.silence(all);
      this.#silences = await SilenceWatch.open({ path: silences, clock, log, onSilences });
    }
    await this.#alerts.open();
    await this.#troubles.open();
    if (!(await this.#loader.load()))
      throw new FastTsError("FTS_ROUTES", this.#loader.report.lastError ?? `routes of ${routeDir} cannot be loaded`);
    await this.#hosting.settled();
    if (this.#disk.journal !== null) await this.#disk.state.written();
  }

  /** Loads, and opens the ports. */
  async open(): Promise<void> {
    const { host, httpHost, maxConnections, maxFrame, record, routeDir, workers } = this.#settings;
    const [log, clock] = [this.#log, this.#clock];
    const token = await readToken(this.#settings);
    await this.load();
    const recording = CaptureLog.of(this.#settings, clock, log);
    const intake = recording === null ? this.#hosting.intake : this.#recorded(this.#hosting.intake, recording);
    const admission = new Admission({ intake, maxFrame, maxConnections, clock, log });
    this.#admission = admission;
    const queries = queryFrames((query) => this.#searches.ask(query, "frame"));
    const queryLimiter = new QueryLimiter(queries, this.#readerBudget, clock, this.#queryCounts);
    await openDoors(this.#doors, this.#settings, { admission, queryLimiter, clock, log });
    await this.#openHttp(token);
    // Last: a start in vain, as the ports are in use, must not take the recording away from the daemon that has them.
    await recording?.open();
    const pipelines = this.#loader.running?.pipelines.map((pipeline) => pipeline.name) ?? [];
    this.#isListening = true;
    this.#data?.unclaimedSpill.lookSoon();
    log.info("listening", {
      ...{ address: addressOf(host, this.port), udp: this.udpPort },
      ...(this.tlsPort !== null && { tls: this.tlsPort }),
      ...(httpHost !== host && this.httpPort !== null && { http_host: httpHost }),
      ...{ http: this.httpPort, workers, routes: routeDir, pipelines },
      ...(record !== false && { record }),
    });
  }

  #portOf(name: string): number | null {
    return this.#doors.find((door) => door.name === name)?.port ?? null;
  }

  async #openHttp(token: string | null): Promise<void> {
    const { httpHost, httpPort, httpOpen, httpAllowHost, httpOrigin } = this.#settings;
    if (httpPort === false) return;
    const [log, view, clock, budget] = [this.#log, this.view, this.#clock, this.#readerBudget];
    if (token !== null && isShownByPs(token))
      log.warn("--http-token shows the token to everyone who may run ps: use --http-token-file or FTS_HTTP_TOKEN");
    const access = { token, isOpen: httpOpen, allowHosts: httpAllowHost, origins: httpOrigin };
    this.#http = await startHttp({ host: httpHost, port: httpPort, ...access, view, budget, clock, log });
  }

  async #renewToken(): Promise<void> {
    try {
      this.#http?.renewToken(await readToken(this.#settings));
    } catch (thrown) {
      this.#log.error("the HTTP token is not read anew, the old one stays", { error: coerceError(thrown).message });
    }
  }

  /** Sees that what clients send is recorded; events of our own are none of it. */
  #recorded(intake: Intake, disk: CaptureLog): Intake {
    this.#recorder = new Recorder({ disk, clock: this.#clock, log: this.#log });
    return new RecordingIntake(intake, this.#recorder);
  }

  stop(): Promise<StopReport> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async abandon(): Promise<void> {
    const holding = [...this.#hosting.pipelines()].filter((pipeline) => heldBy(pipeline) > 0);
    const events = holding.reduce((sum, pipeline) => sum + heldBy(pipeline), this.#hosting.unoffered());
    const pipelines = holding.map(({ name }) => name);
    this.#log.error("told to end at once, what was held is lost", { pipelines, events });
    await atMost(this.#clock, 1, this.#log.flush());
  }

  async #stop(): Promise<StopReport> {
    if (this.#isListening) this.#log.info("stopping", { deadline: this.#settings.stopDeadline });
    this.#loader.stop();
    this.#silences?.stop();
    this.#data?.unclaimedSpill.stop();
    await this.#watch?.close();
    this.#admission?.stop("fast-ts is stopping");
    const { state, journal } = this.#disk;
    // What cannot be saved is read in the journal at the next start.
    const tried = journal === null ? state.tryOut() : null;
    await Promise.all([...this.#doors.map((door) => door.stop()), tried]);
    const recorded = atMost(this.#clock, this.#settings.stopDeadline, this.#recorder?.stop() ?? Promise.resolve());
    const stopped = await this.#hosting.stop(this.#settings.stopDeadline);
    await this.#troubles.close();
    await Promise.all([this.#alerts.close(), closeDisk(this.#disk, this.#clock, this.#settings.stopDeadline)]);
    const { unsaved } = state;
    const report = allOf([stopped, { stuck: unsaved, lost: 0 }]);
    if (!(await recorded)) this.#log.error("stop deadline passed, the last frames are not recorded");
    if (unsaved.length > 0) this.#log.error(NOT_SAVED, { pipelines: unsaved });
    if (stopped.stuck.length > 0)
      this.#log.error("stop deadline passed, what was held is lost", { stuck: stopped.stuck, events: stopped.lost });
    else if (this.#isListening) this.#log.info("stopped", { events_lost: report.lost });
    await this.#http?.stop();
    await dispose();
    await this.#data?.close();
    this.#clock.stop();
    await atMost(this.#clock, 1, this.#log.flush());
    this.#clock.stop();
    return report;
  }

  #readiness(): Readiness {
    const isLoaded = this.#loader.running !== null;
    const { slowRoute } = this.#loader;
    const now = { isStopping: this.#stopping !== null, isOpen: this.#doors.length > 0, isLoaded, slowRoute };
    return readinessOf({ ...now, hosting: this.#hosting, disk: this.#disk, alerts: this.#alerts });
  }
}
