'use client';
import { useEffect, useRef } from 'react';
import DOMPurify from 'isomorphic-dompurify';
import type { Story } from '@/lib/stories';

export function StoryCard({ story }: { story: Story }) {
  const teaser = useRef<HTMLParagraphElement>(null);

  useEffect(() => {
    if (teaser.current) teaser.current.innerHTML = story.teaser;
  }, [story.teaser]);

  return (
    <article>
      <h2>{story.title}</h2>
      <p ref={teaser} />
      <div className="body" dangerouslySetInnerHTML={{ __html: story.html }} />
      <aside dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(story.comment) }} />
    </article>
  );
}
