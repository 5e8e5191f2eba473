import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import type { Returns } from "../api/client.ts";
import { ApiError } from "../api/http.ts";
import { call, useUserId } from "../api/index.ts";
import { Attempts, type Choice } from "./attempt.ts";
import { insist, isUnanswered } from "./insist.ts";

export type Recharge = Returns<"payments.recharge">;

const attempts = new Attempts(sessionStorage);

/** Sets out to buy coins, and goes to the page where they are paid. */
export function useRecharge() {
	const userId = useUserId();
	const navigate = useNavigate();
	return useMutation({
		mutationFn: (choice: Omit<Choice, "userId">) => payable({ ...choice, userId: userId ?? "" }),
		onSuccess({ id, status, checkoutUrl }) {
			// What was paid by an earlier press is on its way; its page has nothing to ask for.
			if (status === "pending" && checkoutUrl !== null) location.assign(checkoutUrl);
			else void navigate(`/wallet?recharge=${id}`);
		}
	});
}

/** Asks for the purchase; once more under a new key when the old one turns out to be over. */
async function payable(choice: Choice): Promise<Recharge> {
	const first = await begin(choice);
	const isOver = first.status === "failed" || first.status === "expired";
	return isOver ? begin(choice) : first;
}

async function begin({ userId, packageId, provider }: Choice): Promise<Recharge> {
	const key = attempts.keyOf({ userId, packageId, provider });
	try {
		const { answer } = await insist(() => call("payments.recharge", { packageId, provider }, key));
		attempts.answered(key);
		return answer;
	} catch (error) {
		const isKnown = error instanceof ApiError && !isUnanswered(error) && error.status !== 429;
		if (isKnown) attempts.answered(key);
		throw error;
	}
}
