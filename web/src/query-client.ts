import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api/http.ts";

/** What the platform refused on purpose, it refuses again. */
const isFinal = (error: unknown): boolean =>
	error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;

export const queryClient = new QueryClient({
	defaultOptions: {
		// The platform may be on this machine: whether there is an internet says nothing about it.
		mutations: { networkMode: "always" },
		queries: {
			networkMode: "always",
			staleTime: 5_000,
			retry: (failures, error) => failures < 2 && !isFinal(error)
		}
	}
});
