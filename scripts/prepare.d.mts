/** Types of prepare.mjs, for its test. */

interface Lock {
	readonly packages: Readonly<
		Record<
			string,
			{
				readonly version?: string;
				readonly dev?: boolean;
				readonly optional?: boolean;
				readonly devOptional?: boolean;
				readonly link?: boolean;
			}
		>
	>;
}

export interface Facts {
	/** SHA-256 of package-lock.json. */
	readonly lockHash: string;
	/** What the last run left in node_modules/.prepared. */
	readonly marker: { readonly lock: string; readonly dev: boolean } | undefined;
	/** package-lock.json */
	readonly lock: Lock;
	/** node_modules/.package-lock.json, where npm writes what it has installed. */
	readonly installed: Lock | undefined;
	/** Whether development dependencies are needed. */
	readonly dev: boolean;
	/** As in the names of the packages that carry Node: `linux-x64`. */
	readonly platform: string;
}

export interface PageFacts {
	/** Whether web/dist has a start page. */
	readonly hasPages: boolean;
	/** The hash that web/dist was built from, where it says so. */
	readonly built: string | undefined;
	/** The hash of the sources now. */
	readonly sources: string;
}

export function reasonToBuild(facts: PageFacts): string | undefined;
export function needsPages(script: string): boolean;
/** Paths are files or folders below `base`. */
export function hashOf(base: string, paths: readonly string[]): string;
export function reasonToInstall(facts: Facts): string | undefined;
export function needsDevelopment(script: string, production: boolean): boolean;
export function scriptOf(event: string | undefined): string;
