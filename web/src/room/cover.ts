/**
 * The cover, if it is a picture of ours: one from elsewhere would tell a stranger who looks at the
 * room, and the page's policy refuses it.
 */
export const coverOf = ({ coverUrl }: { readonly coverUrl: string | null }): string | null =>
	coverUrl?.startsWith("/files/") ? coverUrl : null;
