import Link from 'next/link';
import { listStories } from '@/lib/stories';
import { StoryCard } from '@/components/StoryCard';

export default async function Home({ searchParams }: { searchParams: { q?: string } }) {
  const stories = await listStories(searchParams.q ?? '');
  return (
    <main>
      <h1>Stories {searchParams.q && <small>for {searchParams.q}</small>}</h1> {/* escaped by React */}
      {stories.map((s) => <StoryCard key={s.id} story={s} />)}
      <Link href="/new">New story</Link>
    </main>
  );
}
