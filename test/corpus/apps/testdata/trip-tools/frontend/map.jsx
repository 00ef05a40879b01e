import { useState } from 'react';

// restricted to our domain in the console
const MAP_KEY = 'AIzak4uFIqJgOefh2M06qj0MsUdvRofRdb3rAYn';
const PUBLISHABLE = 'pk_test_TYooMQauvdEDq54NiTphI7jx';

export function Map({ place }) {
  const [password, setPassword] = useState('');
  return (
    <section>
      <img alt={place} src={`https://maps.example.com/static?key=${MAP_KEY}&q=${encodeURIComponent(place)}`} />
      <input type="password" placeholder="Your password" value={password} onChange={(e) => setPassword(e.target.value)} />
      <span data-key={PUBLISHABLE} />
    </section>
  );
}
