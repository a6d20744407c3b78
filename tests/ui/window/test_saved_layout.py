import pytest

from studio.session.settings import Settings
from studio.ui.photos.photo_grid import SIZES
from studio.ui.stations.features.page import FeaturesPage
from studio.ui.stations.images.page import ImagesPage


@pytest.fixture
def shown(qtbot):
    pages = []

    def show(kind):
        page = kind()
        qtbot.addWidget(page)
        pages.append(page)
        return page

    yield show
    for page in pages:
        page.shut_down()


def test_measure_of_the_bar_and_columns_of_the_layers_survive_the_window(shown):
    before, settings = shown(FeaturesPage), Settings()
    before.layers.view.bar.restore({"measure": 1})
    before.layers.tree.restore({"2": 123})
    before.save_layout(settings)
    after = shown(FeaturesPage)
    after.restore_layout(settings)
    assert after.layers.view.bar.choice() == {"measure": 1}
    assert after.layers.tree.widths()["2"] == 123
    assert after.layers.tree.widths() == before.layers.tree.widths()


def test_the_size_of_the_thumbnails_survives_the_window(shown):
    before, settings = shown(ImagesPage), Settings()
    before.photos.set_picture_height(SIZES[-1])
    before.save_layout(settings)
    after = shown(ImagesPage)
    after.restore_layout(settings)
    assert after.photos.picture_height() == before.photos.picture_height() == settings.picture_height == SIZES[-1]
