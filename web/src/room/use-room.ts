import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { limits } from "../../../config/limits.ts";
import { call } from "../api/index.ts";
import { deviceId } from "../chat/index.ts";

/** An ended room may be opened again, but nobody waits for it. */
const endedMilliseconds = 15_000;

/** The socket tells what changes in a show that is on air; what it never tells, this finds. */
const inRoomMilliseconds = 15_000;

/**
 * A room as it is now: the words once, status and viewers with every beat.
 * @param isInRoom the socket counts this viewer and tells of changes
 */
export function useRoom(id: string, isInRoom: boolean) {
	const client = useQueryClient();
	const room = useQuery({ queryKey: ["room", id], queryFn: () => call("rooms.get", { id }) });
	const beat = useQuery({
		queryKey: ["beat", id],
		// The same name as the socket's, so that a guest is counted once.
		queryFn: async () => call("rooms.view", { id, viewerId: await deviceId() }),
		enabled: !room.isError,
		retry: false,
		staleTime: 0,
		refetchInterval: ({ state: { data } }) => {
			if (data?.status === "ended") return endedMilliseconds;
			// Nothing but the beat tells that an encoder's first picture is there.
			return isInRoom && data?.onAir ? inRoomMilliseconds : limits.viewBeatSeconds * 1_000;
		}
	});
	const status = beat.data?.status;
	const isOld = status !== undefined && room.data !== undefined && status !== room.data.status;
	useEffect(() => {
		// When it started or ended stands in the room alone.
		if (isOld) void client.invalidateQueries({ queryKey: ["room", id] });
	}, [client, id, isOld]);
	// Without the first beat the player would start twice: the generation would come after it.
	const known = beat.isFetched ? room.data : undefined;
	return {
		room: known && { ...known, ...beat.data, generation: beat.data?.generation ?? 0 },
		error: room.error,
		retry: () => void room.refetch(),
		/** The last beat was not answered. */
		isOffline: beat.isError
	};
}

export type RoomNow = NonNullable<ReturnType<typeof useRoom>["room"]>;
