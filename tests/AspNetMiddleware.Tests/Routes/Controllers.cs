using Microsoft.AspNetCore.Mvc;

namespace SelfProfiler.AspNetMiddleware.Tests.Routes;

/// <summary>Attribute routes.</summary>
[ApiController]
[Route("api/[controller]")]
public sealed class CatalogController : ControllerBase
{
    [HttpGet]
    public string List() => "all";

    [HttpGet("{id:guid}/[action]")]
    public string Prices(Guid id) => id.ToString();

    [HttpGet("{name=none}.{extension?}")]
    public string Document(string name, string? extension) => name + extension;

    [HttpGet("/rooted/{**path}")]
    public string Rooted(string path) => path;

    [HttpGet("missing/{id}")]
    public IActionResult Missing(string id) => NotFound(id);

    [HttpGet("broken/{id}")]
    public IActionResult Broken(string id) => throw new InvalidOperationException(id);
}

/// <summary>Conventional routes.</summary>
public sealed class BasketController : Controller
{
    public IActionResult Index() => Content("basket");

    public IActionResult Show(int id) => Content("item " + id);
}

/// <summary>Conventional routes of an area.</summary>
[Area("Admin")]
public sealed class UsersController : Controller
{
    public IActionResult Edit(int id) => Content("user " + id);
}
