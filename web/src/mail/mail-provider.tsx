import {
	createContext,
	type ReactNode,
	useContext,
	useEffect,
	useState,
	useSyncExternalStore
} from "react";
import { useLocation } from "react-router";
import { useUserId } from "../api/index.ts";
import { mailboxOf } from "../chat/index.ts";
import { type Letters, noLetters, type Peer } from "./letters.ts";
import { MailDrawer } from "./mail-drawer.tsx";
import type { Mailbox } from "./mailbox.ts";

interface Mail {
	/** Undefined for guests. */
	readonly mailbox: Mailbox | undefined;
	readonly letters: Letters;
	/** Opens the drawer with the list of threads. */
	readonly openList: () => void;
	/** Opens the drawer with one thread. */
	readonly openThread: (peer: Peer) => void;
}

const MailContext = createContext<Mail>({
	mailbox: undefined,
	letters: noLetters,
	openList: () => undefined,
	openThread: () => undefined
});

export const useMail = () => useContext(MailContext);

export function MailProvider({ children }: { children: ReactNode }) {
	const userId = useUserId();
	const mailbox = userId === undefined ? undefined : mailboxOf(userId);
	const [shown, setShown] = useState<"list" | Peer>();
	useEffect(() => mailbox?.start(), [mailbox]);
	const { pathname } = useLocation();
	// biome-ignore lint/correctness/useExhaustiveDependencies: a link leads to a page
	useEffect(() => setShown(undefined), [pathname, userId]);
	const letters = useSyncExternalStore(
		mailbox?.changes.on ?? never,
		() => mailbox?.letters() ?? noLetters
	);
	const mail: Mail = {
		mailbox,
		letters,
		openList: () => setShown("list"),
		openThread: setShown
	};
	return (
		<MailContext value={mail}>
			{children}
			{mailbox && (
				<MailDrawer
					mailbox={mailbox}
					letters={letters}
					shown={shown}
					show={(next) => setShown(next)}
				/>
			)}
		</MailContext>
	);
}

const never = () => () => undefined;
