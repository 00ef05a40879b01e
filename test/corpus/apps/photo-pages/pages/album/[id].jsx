import Head from 'next/head';
import { marked } from 'marked';
import sanitizeHtml from 'sanitize-html';
import { db } from '../../lib/albums';

export async function getServerSideProps({ params }) {
  const album = await db('albums').where({ id: Number(params.id) || 0 }).first();
  return album ? { props: { album } } : { notFound: true };
}

export default function Album({ album }) {
  const jsonLd = { '@context': 'https://schema.org', '@type': 'ImageGallery', name: album.title };
  return (
    <>
      <Head>
        <title>{album.title}</title>
        <script type="application/ld+json" dangerouslySetInnerHTML={{ __html: JSON.stringify(jsonLd).replace(/</g, '\\u003c') }} />
      </Head>
      <div dangerouslySetInnerHTML={{ __html: marked.parse(album.story) }} />
      <footer dangerouslySetInnerHTML={{ __html: sanitizeHtml(marked.parse(album.footer)) }} />
    </>
  );
}
