"""Illustrations: small SVG pictures, computed from the number of the thing they show."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lab.practice.site.pages import answer, world_of
from lab.practice.world import World

DAYS_TO_COME = 366


def landscape(world: World, number: int) -> str:
    """Return a landscape of 800 × 450 px: sky, sun and three hills."""
    rng = world.rng("image", number)
    hue = rng.randrange(360)
    hills = []
    for layer in range(3):
        base = 230 + 70 * layer
        points = [base + rng.randrange(-60, 60) for _ in range(5)]
        path = f"M0 450V{points[0]}" + "".join(
            f"Q{200 * n - 100} {points[n] - 50} {200 * n} {points[n]}" for n in range(1, 5)
        )
        colour = f"hsl({(hue + 18 * layer) % 360} 38% {62 - 16 * layer}%)"
        hills.append(f'<path fill="{colour}" d="{path}V450Z"/>')
    sun = f'<circle cx="{rng.randrange(100, 700)}" cy="{rng.randrange(70, 160)}" r="46"'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 450" width="800" height="450">'
        f'<rect width="800" height="450" fill="hsl({hue} 55% 88%)"/>'
        f'{sun} fill="#fff8e1"/>{"".join(hills)}</svg>'
    )


def still_life(world: World, number: int) -> str:
    """Return a still life of 480 × 480 px: a few shapes on a table."""
    rng = world.rng("picture", number)
    hue = rng.randrange(360)
    shapes = []
    for place in range(3):
        width, height = rng.randrange(70, 130), rng.randrange(90, 260)
        left, colour = 60 + 125 * place, f"hsl({(hue + 40 * place) % 360} 42% 56%)"
        radius = rng.choice((6, 18, 40))
        shapes.append(
            f'<rect x="{left}" y="{380 - height}" width="{width}" height="{height}" '
            f'rx="{radius}" fill="{colour}"/>'
        )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 480" width="480" height="480">'
        f'<rect width="480" height="480" fill="hsl({hue} 30% 94%)"/>'
        f'<rect y="380" width="480" height="100" fill="hsl({hue} 22% 84%)"/>'
        f"{''.join(shapes)}</svg>"
    )


async def article_image(request: Request) -> Response:
    """Return the illustration of an article."""
    world, number = world_of(request), request.path_params["number"]
    # Images have no day of their own: those of the days to come are there already.
    if not 1 <= number <= world.articles + DAYS_TO_COME * world.per_day:
        raise HTTPException(404)
    return answer(request, landscape(world, number), "image/svg+xml")


async def product_image(request: Request) -> Response:
    """Return the picture of a product."""
    world, number = world_of(request), request.path_params["number"]
    if not 1 <= number <= world.products:
        raise HTTPException(404)
    return answer(request, still_life(world, number), "image/svg+xml")


ROUTES = [
    Route("/images/article-{number:int}.svg", article_image),
    Route("/images/produit-{number:int}.svg", product_image),
]
