'use client';
import DOMPurify from 'dompurify';
import { marked } from 'marked';
import { useEffect, useRef, useState } from 'react';
import type { Trip } from '@/lib/db';

export function Entry({ trip }: { trip: Trip }) {
  const clean = DOMPurify.sanitize(marked.parse(trip.body, { async: false }));
  const [summary, setSummary] = useState('');
  const title = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    if (title.current) title.current.innerText = trip.title;
  }, [trip.title]);

  async function summarise() {
    const answer = await fetch('/api/summary', { method: 'POST', body: JSON.stringify({ id: trip.id }) });
    setSummary(marked.parse((await answer.json()).summary, { async: false }));
  }

  return (
    <article>
      <h2 ref={title} />
      <div dangerouslySetInnerHTML={{ __html: clean }} />
      <button onClick={summarise}>Summarise</button>
      <div dangerouslySetInnerHTML={{ __html: summary }} />
    </article>
  );
}
