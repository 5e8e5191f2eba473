import { auditCommand } from "./audit.ts";
import type { Command } from "./command.ts";
import { outboxCommand } from "./outbox.ts";
import { roomCommand } from "./room.ts";
import { segmentsCommand } from "./segments.ts";
import { servicesOfCommand } from "./services-of.ts";
import { settingsCommand } from "./settings.ts";
import { socketsCommand } from "./sockets.ts";
import { transferCommand } from "./transfer.ts";
import { walletCommand } from "./wallet.ts";
import { whereisCommand } from "./whereis.ts";
import { whoisCommand } from "./whois.ts";

/** What this project adds to Moleculer's own commands. */
export const commands: readonly Command[] = [
	auditCommand,
	outboxCommand,
	roomCommand,
	segmentsCommand,
	servicesOfCommand,
	settingsCommand,
	socketsCommand,
	transferCommand,
	walletCommand,
	whereisCommand,
	whoisCommand
];
