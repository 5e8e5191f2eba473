/**
 * One real connection to one SQLite file, shared by everything in this process.
 *
 * SQLite has one writer. Several connections in a process only make each other fail with
 * SQLITE_BUSY, so there is one, and a lock decides who may use it: a transaction holds it from
 * BEGIN to COMMIT or ROLLBACK, the statements of all others wait in the order they came.
 */
import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { limits } from "../../config/limits.ts";
import { busy, sqliteError } from "./sqlite-error.ts";
import { type Outcome, Statements } from "./sqlite-statements.ts";
import type { SqliteValue } from "./values.ts";

export type { Outcome } from "./sqlite-statements.ts";

interface Job {
	readonly owner: object;
	readonly work: () => void;
	readonly refuse: (error: Error) => void;
	deadline?: NodeJS.Timeout;
}

export interface Request {
	readonly text: string;
	readonly values: readonly SqliteValue[] | Record<string, SqliteValue>;
	/** Read DATETIME columns as `Date`; Sequelize wants their text. */
	readonly dates: boolean;
}

const files = new Map<string, SqliteFile>();

export class SqliteFile {
	/** Opens the file, or joins those who have it open. Each `open` needs its `close`. */
	static open(filename: string): SqliteFile {
		const path = resolve(filename);
		let file = files.get(path);
		if (!file) {
			file = new SqliteFile(path);
			files.set(path, file);
		}
		file.#users += 1;
		return file;
	}

	readonly #path: string;
	readonly #database: DatabaseSync;
	readonly #statements: Statements;
	readonly #waiting: Job[] = [];
	#users = 0;
	#holder: object | undefined;

	private constructor(path: string) {
		this.#path = path;
		mkdirSync(dirname(path), { recursive: true });
		this.#database = new DatabaseSync(path, { timeout: limits.sqlLockWaitSecondsMax * 1000 });
		this.#database.exec("PRAGMA journal_mode = WAL");
		// FULL: a commit is on the disk before it is answered, also when the power fails.
		this.#database.exec("PRAGMA synchronous = FULL");
		this.#database.exec("PRAGMA foreign_keys = ON");
		this.#statements = new Statements(this.#database);
	}

	/** Whether `owner` is inside a transaction. */
	holds(owner: object): boolean {
		return this.#holder === owner;
	}

	run(owner: object, request: Request): Promise<Outcome> {
		return new Promise((resolve, reject) => {
			const work = () => {
				try {
					resolve(this.#statements.run(request));
				} catch (error) {
					reject(sqliteError(error, request.text, this.#database));
				}
			};
			this.#submit({ owner, work, refuse: reject });
		});
	}

	/** Several statements in one text, without values. */
	script(owner: object, text: string): Promise<void> {
		return new Promise((resolve, reject) => {
			const work = () => {
				try {
					this.#database.exec(text);
					this.#statements.clear();
					resolve();
				} catch (error) {
					reject(sqliteError(error, text, this.#database));
				}
			};
			this.#submit({ owner, work, refuse: reject });
		});
	}

	/** Undoes an open transaction of `owner`, refuses what it still waits for, leaves the file. */
	close(owner: object): void {
		for (const job of this.#waiting.filter((waiting) => waiting.owner === owner)) {
			this.#waiting.splice(this.#waiting.indexOf(job), 1);
			clearTimeout(job.deadline);
			job.refuse(busy("the database was closed"));
		}
		if (this.#holder === owner) {
			if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
			this.#release();
		}
		this.#users -= 1;
		if (this.#users > 0) return;
		files.delete(this.#path);
		this.#database.close();
	}

	#submit(job: Job): void {
		const free = this.#holder === undefined && this.#waiting.length === 0;
		if (free || this.#holder === job.owner) {
			this.#execute(job);
		} else if (this.#waiting.length >= limits.sqliteWaitingStatementsMax) {
			job.refuse(busy("too many statements wait for the file"));
		} else {
			job.deadline = setTimeout(() => {
				this.#waiting.splice(this.#waiting.indexOf(job), 1);
				job.refuse(busy("another transaction held the file too long"));
			}, limits.sqlLockWaitSecondsMax * 1000);
			this.#waiting.push(job);
		}
	}

	#execute(job: Job): void {
		job.work();
		// SQLite itself knows best: it also ends a transaction on a full disk.
		if (this.#database.isTransaction) this.#holder ??= job.owner;
		else if (this.#holder !== undefined) this.#release();
	}

	#release(): void {
		this.#holder = undefined;
		this.#drain();
	}

	/** Each statement blocks the event loop, so a long queue lets others have their turn between. */
	#drain(): void {
		const until = performance.now() + limits.sqliteDrainMillisecondsMax;
		while (this.#holder === undefined) {
			const job = this.#waiting[0];
			if (!job) return;
			if (performance.now() > until) {
				setImmediate(() => this.#drain());
				return;
			}
			this.#waiting.shift();
			clearTimeout(job.deadline);
			this.#execute(job);
		}
	}
}
