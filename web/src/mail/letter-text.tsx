import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/format.ts";
import type { Letter, News } from "./letters.ts";

/** What the platform tells comes with words of its own at times; else the kind says enough. */
export function LetterText({ letter }: { letter: Letter }) {
	const { t } = useTranslation();
	if (letter.text !== "") return <bdi>{letter.text}</bdi>;
	if (letter.news) return <NewsText news={letter.news} />;
	if (letter.kind === "order") return t("mail.order");
	if (letter.kind === "gift-failed") return t("mail.giftFailed");
	return t("mail.notice");
}

function NewsText({ news }: { news: News }) {
	const { t } = useTranslation();
	const format = useFormat();
	if (news.type === "recharged") return t("mail.recharged", { count: format.number(news.coins) });
	if (news.type === "order") return t(`order.news.${news.event}`);
	return <bdi>{t("mail.wentLive", { name: news.name })}</bdi>;
}
