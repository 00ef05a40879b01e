import { mine } from '@/lib/db';
import { who } from '@/lib/session';
import { Entry } from '@/components/Entry';
import { Login } from '@/components/Login';

export default async function Page({ searchParams }: { searchParams: Promise<{ note?: string }> }) {
  const user = await who();
  const { note } = await searchParams;
  if (!user) return <Login />;
  return (
    <main>
      {note && <p>{note}</p>} {/* escaped by React */}
      {mine(user).map((t) => <Entry key={t.id} trip={t} />)}
    </main>
  );
}
