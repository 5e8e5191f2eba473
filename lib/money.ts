/**
 * Money: integer minor units beside an ISO 4217 currency. Never a float, never two currencies in
 * one sum, never a number that a double cannot hold exactly: those are bugs and throw.
 */

/** `amount` counts minor units (cents); negative in entries and differences. */
export interface Money {
	readonly amount: number;
	readonly currency: string;
}

/** What happens to the part below one minor unit; `halfEven` favours nobody over many sums. */
export type Rounding = "down" | "up" | "halfEven";

/** 1 basis point is 1/10,000. */
const basisPointsPerWhole = 10_000n;

/**
 * ISO 4217 (list one) where the minor unit is not 1/100. `Intl` is not asked: it follows CLDR,
 * which gives HUF, IDR and others 0 digits because shops round them, and IQD 0 instead of 3.
 */
const exponents: Readonly<Record<string, number>> = {
	...Object.fromEntries(
		"BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
			.split(" ")
			.map((currency) => [currency, 0])
	),
	...Object.fromEntries("BHD IQD JOD KWD LYD OMR TND".split(" ").map((currency) => [currency, 3])),
	CLF: 4,
	UYW: 4
};

/** Digits after the point of one major unit: 2 for USD, 0 for KRW. */
export const exponentOf = (currency: string): number =>
	Object.hasOwn(exponents, currency) ? (exponents[currency] as number) : 2;

/** Throws RangeError unless `amount` is an integer within ±2^53 and `currency` three capitals. */
export function money(amount: number, currency: string): Money {
	if (!Number.isSafeInteger(amount)) {
		throw new RangeError(`${amount} is not an amount of whole minor units below 2^53.`);
	}
	if (!/^[A-Z]{3}$/.test(currency)) throw new RangeError(`"${currency}" is not a currency code.`);
	// A zero that carries a sign would print as "-$0.00".
	return { amount: amount === 0 ? 0 : amount, currency };
}

function sameCurrency(left: Money, right: Money): string {
	if (left.currency !== right.currency) {
		throw new TypeError(`${left.currency} and ${right.currency} cannot be put together.`);
	}
	return left.currency;
}

export const add = (left: Money, right: Money): Money =>
	money(left.amount + right.amount, sameCurrency(left, right));

export const subtract = (left: Money, right: Money): Money =>
	money(left.amount - right.amount, sameCurrency(left, right));

/** Negative when `left` is less, 0 when equal, positive when more: fit for `sort`. */
export function compare(left: Money, right: Money): number {
	sameCurrency(left, right);
	return left.amount === right.amount ? 0 : left.amount < right.amount ? -1 : 1;
}

/** `factor` is a whole number, e.g. a quantity. */
export function multiply(price: Money, factor: number): Money {
	return money(exact(wholeNumber(price.amount) * wholeNumber(factor)), price.currency);
}

function wholeNumber(value: number): bigint {
	if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number.`);
	return BigInt(value);
}

function exact(value: bigint): number {
	const number = Number(value);
	if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is beyond 2^53.`);
	return number;
}

/**
 * A share of an integer amount (minor units or coins) in basis points: 1,250 is 12.5 %. `down`
 * and `up` go towards and away from zero, so that a refund mirrors its charge.
 */
export function shareOf(amount: number, basisPoints: number, rounding: Rounding): number {
	const product = wholeNumber(amount) * wholeNumber(basisPoints);
	const quotient = product / basisPointsPerWhole;
	const rest = product % basisPointsPerWhole;
	const twice = rest < 0n ? -rest * 2n : rest * 2n;
	const away = product < 0n ? -1n : 1n;
	const isAway = {
		down: false,
		up: rest !== 0n,
		halfEven: twice > basisPointsPerWhole || (twice === basisPointsPerWhole && quotient % 2n !== 0n)
	}[rounding];
	return exact(isAway ? quotient + away : quotient);
}

/**
 * Splits an integer total (minor units or coins) by weights so that the parts sum to it exactly:
 * each part gets its share rounded down, then the largest remainders get one more, the first of
 * equals first. A weight of 0 gets nothing. Throws RangeError when no weight is above 0.
 */
export function allocate(total: number, weights: readonly number[]): number[] {
	const whole = wholeNumber(Math.abs(total));
	const parts = weights.map(wholeNumber);
	const sum = parts.reduce((left, right) => left + right, 0n);
	if (sum <= 0n || parts.some((weight) => weight < 0n)) {
		throw new RangeError("Weights are whole numbers from 0, and one is above 0.");
	}
	const shares = parts.map((weight) => Number((whole * weight) / sum));
	let left = Math.abs(total) - shares.reduce((sum, share) => sum + share, 0);
	const byRemainder = parts
		.map((weight, index) => ({ index, remainder: (whole * weight) % sum }))
		.sort((a, b) =>
			a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1
		);
	for (const { index } of byRemainder) {
		if (left === 0) break;
		shares[index] = (shares[index] as number) + 1;
		left -= 1;
	}
	return total < 0 ? shares.map((share) => (share === 0 ? 0 : -share)) : shares;
}

/** "12.34" for 1,234 cents: exact, for forms, providers and `Intl`. */
export function decimalOf({ amount, currency }: Money): string {
	const exponent = exponentOf(currency);
	const digits = String(Math.abs(amount)).padStart(exponent + 1, "0");
	const sign = amount < 0 ? "-" : "";
	if (exponent === 0) return sign + digits;
	return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** For people, in their language: `formatMoney(price, "en")` is "$12.34". */
export function formatMoney(value: Money, locale: string): string {
	const digits = exponentOf(value.currency);
	return new Intl.NumberFormat(locale, {
		style: "currency",
		currency: value.currency,
		minimumFractionDigits: digits,
		maximumFractionDigits: digits
		// A decimal string is formatted exactly; a number would go through a float.
	}).format(decimalOf(value) as `${number}`);
}
