using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests.Routes;

/// <summary>The route of a request, by how it was mapped.</summary>
public sealed class RouteTests(RouteApp app) : IClassFixture<RouteApp>
{
    private const string Id = "0f8fad5b-d9cb-469f-a165-70867728950e";

    [Theory]
    // Minimal APIs and groups.
    [InlineData("/orders/42", 200, "/orders/{id}")]
    [InlineData("/orders/42?raw=query", 200, "/orders/{id}")]
    [InlineData("/literal", 200, "/literal")]
    [InlineData("/v2/shops/north", 200, "/v{version}/shops/{shop}")]
    [InlineData("/v2/shops/north/articles", 200, "/v{version}/shops/{shop}/articles/{article}")]
    [InlineData("/branch/inside/7", 200, "/inside/{id}")]
    // Attribute routes.
    [InlineData("/api/catalog", 200, "/api/Catalog")]
    [InlineData("/api/catalog/" + Id + "/prices", 200, "/api/Catalog/{id}/Prices")]
    [InlineData("/api/catalog/list.txt", 200, "/api/Catalog/{name}.{extension?}")]
    [InlineData("/rooted/a/b/c", 200, "/rooted/{*path}")]
    // Conventional routes: controller and action are the route, not part of the request.
    [InlineData("/c", 200, "/c/Basket/Index/{id?}")]
    [InlineData("/c/basket/show/3", 200, "/c/Basket/Show/{id?}")]
    [InlineData("/admin/users/edit/3", 200, "/Admin/Users/Edit/{id?}")]
    [InlineData("/admin/users", 200, "/Admin/Users/Edit/{id?}")]
    // Razor Pages.
    [InlineData("/", 200, "/")]
    [InlineData("/products", 200, "/Products")]
    [InlineData("/products/index", 200, "/Products/Index")]
    [InlineData("/products/detail/3", 200, "/Products/Detail/{id}/{tab?}")]
    [InlineData("/made-up/x", 200, "/made-up/{name}")]
    [InlineData("/admin/office", 200, "/Admin/Office")]
    // Below a path base.
    [InlineData("/base/orders/42", 200, "/orders/{id}")]
    [InlineData("/base/products", 200, "/Products")]
    // Pages that answer for others: the request keeps the route it was made for.
    [InlineData("/boom/1", 500, "/boom/{id}")]
    [InlineData("/api/catalog/broken/1", 500, "/api/Catalog/broken/{id}")]
    [InlineData("/gone/1", 404, "/gone/{id}")]
    [InlineData("/api/catalog/missing/1", 404, "/api/Catalog/missing/{id}")]
    [InlineData("/status/404", 200, "/status/{code}")]
    // Nothing was matched.
    [InlineData("/orders/none", 404, null)]
    [InlineData("/nothing-here", 404, null)]
    [InlineData("/base/nothing-here", 404, null)]
    public async Task A_request_has_the_template_it_was_mapped_with(string path, int status, string? route) =>
        Assert.Equal((status, route), await app.AskAsync(path));

    [Fact]
    public async Task A_verb_that_is_not_mapped_has_none() =>
        Assert.Equal((405, null), await app.AskAsync("/orders/42", HttpMethod.Delete));

    [Fact]
    public async Task It_is_known_while_the_request_runs() => Assert.Equal("/running/{id}7", await app.ReadAsync("/running/7"));
}
