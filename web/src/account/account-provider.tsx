import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect } from "react";
import { call, useUserId } from "../api/index.ts";
import { SignInDialog } from "./sign-in-dialog.tsx";

const SignInContext = createContext<() => void>(() => undefined);

/** Opens the sign-in dialog. */
export const useSignIn = () => useContext(SignInContext);

/** The signed-in user as they see themselves; no data for guests. */
export function useMe() {
	const userId = useUserId();
	return useQuery({
		queryKey: ["me", userId],
		queryFn: () => call("users.me", {}),
		enabled: userId !== undefined,
		staleTime: 60_000
	});
}

export function AccountProvider({ children }: { children: ReactNode }) {
	const [opened, { open, close }] = useDisclosure(false);
	const userId = useUserId();
	// Another tab may have signed in.
	useEffect(() => {
		if (userId !== undefined) close();
	}, [userId, close]);
	return (
		<SignInContext value={open}>
			{children}
			<SignInDialog opened={opened} close={close} />
		</SignInContext>
	);
}
