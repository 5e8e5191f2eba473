import { Chip, Group, ScrollArea, Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { categories, categoryText } from "../room/categories.ts";
import { usePageTitle } from "../shell/use-page-title.ts";
import { FollowedLive } from "./followed-live.tsx";
import { RoomSection } from "./room-section.tsx";

/** What is on, what comes, and what was, on one page. */
export function HomePage() {
	const { t } = useTranslation();
	usePageTitle(t("home.title"));
	const [search, setSearch] = useSearchParams();
	const category = search.get("category") ?? "";
	return (
		<Stack gap="xl">
			<Stack gap="sm">
				<Title order={1} size="h2">
					{t("home.title")}
				</Title>
				<Chip.Group
					value={category}
					onChange={(next) => setSearch(next ? { category: String(next) } : {})}
				>
					<ScrollArea type="never" offsetScrollbars={false}>
						<Group role="group" aria-label={t("home.categories")} gap={8} wrap="nowrap" p={4}>
							<Chip value="">{t("home.allCategories")}</Chip>
							{categories.map((word) => (
								<Chip key={word} value={word}>
									{categoryText(t, word)}
								</Chip>
							))}
						</Group>
					</ScrollArea>
				</Chip.Group>
			</Stack>
			<FollowedLive />
			<RoomSection kind="live" category={category} />
			<RoomSection kind="upcoming" category={category} />
			<RoomSection kind="ended" category={category} />
		</Stack>
	);
}
