/** The hosted page: no script and nothing from elsewhere, so that it works wherever HTML does. */
import { createHash } from "node:crypto";
import { formatMoney } from "../../lib/money.ts";
import type { Checkout } from "./book.ts";
import { switches } from "./switches.ts";
import { isOver } from "./till.ts";

const style = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; justify-items: center; padding: 1rem; }
main { width: 100%; max-width: 26rem; }
.sum { font-size: 2rem; font-weight: 700; margin: 0.5rem 0; }
.note { border: 2px solid #b45309; border-radius: 0.5rem; padding: 0.5rem 0.75rem; }
button, .back { display: block; box-sizing: border-box; width: 100%; min-height: 3rem;
	margin: 0.75rem 0; border-radius: 0.5rem; border: 2px solid #1d4ed8; font: inherit;
	font-weight: 600; cursor: pointer; text-align: center; line-height: 2.75rem;
	text-decoration: none; }
.pay { background: #1d4ed8; color: #fff; }
.fail, .back { background: transparent; color: inherit; }
:focus-visible { outline: 3px solid #f59e0b; outline-offset: 2px; }
summary { min-height: 2.75rem; line-height: 2.75rem; cursor: pointer; }
fieldset { border: 1px solid #8884; border-radius: 0.5rem; }
label { display: flex; gap: 0.75rem; align-items: flex-start; padding: 0.5rem 0; }
input { width: 1.25rem; height: 1.25rem; flex: none; margin: 0.15rem 0 0; }
`;

const styleHash = createHash("sha256").update(style).digest("base64");

/** Browsers hold a form to `form-action` also on its way back to the shop. */
export const pagePolicy = ({ returnUrl }: Checkout): string =>
	[
		"default-src 'none'",
		`style-src 'sha256-${styleHash}'`,
		`form-action 'self' ${new URL(returnUrl).origin}`,
		"base-uri 'none'",
		"frame-ancestors 'none'"
	].join("; ");

const entities: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&#39;"
};

const escaped = (text: string): string =>
	text.replaceAll(/[&<>"']/g, (mark) => entities[mark] ?? "");

const outcomes: Readonly<Record<Checkout["status"], string>> = {
	open: "The time to pay is over.",
	processing: "The payment is on its way.",
	paid: "This is paid.",
	failed: "The payment failed.",
	refunded: "The money was paid back."
};

/** `chosen` are the switches of the address, ticked already. */
export function payPage(checkout: Checkout, chosen: ReadonlySet<string>): string {
	const { reference, description, amount, currency, returnUrl, status } = checkout;
	const isPayable = status === "open" && !isOver(checkout);
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox payment</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="note">Sandbox: no real money moves here.</p>
<h1>Pay for ${escaped(description)}</h1>
<p class="sum">${escaped(formatMoney({ amount, currency }, "en"))}</p>
${isPayable ? form(reference, chosen) : `<p role="status">${outcomes[status]}</p>`}
<a class="back" href="${escaped(returnUrl)}">Back to the shop</a>
</main>
</body>
</html>
`;
}

/** Relative, so that the page also works below the path of a proxy. */
const form = (reference: string, chosen: ReadonlySet<string>): string => `<form method="post">
<button class="pay" formaction="${escaped(reference)}/pay">Pay</button>
<button class="fail" formaction="${escaped(reference)}/fail">Fail</button>
<details${chosen.size > 0 ? " open" : ""}>
<summary>Advanced: what shall go wrong</summary>
<fieldset>
<legend>Switches</legend>
${Object.entries(switches)
	.map(([name, words]) => {
		const ticked = chosen.has(name) ? " checked" : "";
		const input = `<input type="checkbox" name="switches" value="${name}"${ticked}>`;
		return `<label>${input}<span>${escaped(words)} (<code>${name}</code>)</span></label>`;
	})
	.join("\n")}
</fieldset>
</details>
</form>`;
