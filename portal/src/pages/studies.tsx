import type { PageProps } from "../main";
import { Heading } from "../components/basics";

export default function Page(_: PageProps) {
	return <Heading title="studies" />;
}
