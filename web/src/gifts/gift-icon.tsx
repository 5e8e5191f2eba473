import {
	type Icon,
	IconCake,
	IconCarFilled,
	IconCoffee,
	IconCrownFilled,
	IconFlowerFilled,
	IconGiftFilled,
	IconHeartFilled,
	IconRocket,
	IconSparklesFilled
} from "@tabler/icons-react";

/** Not every machine has a letter for these; the platform's own gifts are among them. */
const drawings: Readonly<Record<string, readonly [Drawing: Icon, colour: string]>> = {
	"💗": [IconHeartFilled, "#e64980"],
	"🌹": [IconFlowerFilled, "#e03131"],
	"☕": [IconCoffee, "#a9702c"],
	"🎂": [IconCake, "#d6699e"],
	"🎆": [IconSparklesFilled, "#7d6bf0"],
	"👑": [IconCrownFilled, "#d99a00"],
	"🏎️": [IconCarFilled, "#e8590c"],
	"🚀": [IconRocket, "#3b82d6"],
	"🎁": [IconGiftFilled, "#d32548"],
	"✨": [IconSparklesFilled, "#f5b301"]
};

/** The picture of a gift, as large as the letters around it. Its name stands beside it. */
export function GiftIcon({ icon }: { icon: string }) {
	const [Drawing, colour] = drawings[icon] ?? [];
	if (!Drawing) return <span aria-hidden>{icon}</span>;
	return <Drawing size="1em" color={colour} aria-hidden style={{ verticalAlign: "-0.125em" }} />;
}
