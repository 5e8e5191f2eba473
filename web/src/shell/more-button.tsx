import { Button, type ButtonProps } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** The part of an infinite query that it needs. */
interface Pages {
	readonly hasNextPage: boolean;
	readonly isFetchingNextPage: boolean;
	fetchNextPage(): Promise<unknown>;
}

/** Shows the next page of a list; nothing where there is none. */
export function MoreButton({ pages, ...look }: ButtonProps & { readonly pages: Pages }) {
	const { t } = useTranslation();
	if (!pages.hasNextPage) return null;
	return (
		<Button
			variant="default"
			mx="auto"
			{...look}
			loading={pages.isFetchingNextPage}
			onClick={() => void pages.fetchNextPage()}
		>
			{t("app.more")}
		</Button>
	);
}
