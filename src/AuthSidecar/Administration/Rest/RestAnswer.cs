using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Rest;

/// <summary>A document with a secret that is shown once.</summary>
internal interface IOneTimeSecret
{
    /// <summary>The document for a repetition of the request: its secret is null.</summary>
    object WithoutSecret();
}

/// <summary>An answer in JSON.</summary>
/// <param name="Body">The document.</param>
/// <param name="Status">200 or 201.</param>
/// <param name="Location">Path of the created resource; null: none.</param>
internal sealed record RestAnswer(object Body, int Status = StatusCodes.Status200OK, string? Location = null) : IResult
{
    /// <summary>Entity tag of the resource; null: it has none.</summary>
    public string? ETag { get; init; }

    /// <summary>True: the entity tag covers the whole document.</summary>
    private bool IsComplete { get; init; } = true;

    public static RestAnswer Of(object body) => new(body);

    /// <summary>A resource with its entity tag, or 304 when the client has it.</summary>
    public static RestAnswer Tagged(object body) => new(body) { ETag = RestETag.Of(body) };

    /// <summary>A resource with an entity tag of the values that can be changed; others, such as the last use, change by themselves, so
    /// that an equal tag is no 304.</summary>
    /// <param name="body">The resource.</param>
    /// <param name="version">Those values.</param>
    public static RestAnswer Versioned(object body, object version) => new(body) { ETag = RestETag.Of(version), IsComplete = false };

    /// <param name="body">The created resource.</param>
    /// <param name="location">Its path.</param>
    public static RestAnswer Created(object body, string location) => new(body, StatusCodes.Status201Created, location);

    /// <param name="page">The page.</param>
    /// <param name="convert">Makes the document of an item.</param>
    public static RestAnswer List<TItem, TDocument>(Page<TItem> page, Func<TItem, TDocument> convert) =>
        new(new ListDocument<TDocument>([.. page.Items.Select(convert)], page.Total, page.HasMore, page.Next));

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        if (Location is not null)
        {
            response.Headers.Location = Location;
        }

        if (ETag is not null)
        {
            response.Headers.ETag = ETag;
            if (IsComplete && (HttpMethods.IsGet(httpContext.Request.Method) || HttpMethods.IsHead(httpContext.Request.Method)))
            {
                if (RestETag.IsKnown(httpContext.Request, ETag))
                {
                    response.StatusCode = StatusCodes.Status304NotModified;
                    return Task.CompletedTask;
                }
            }
        }

        response.StatusCode = Status;
        return response.WriteAsJsonAsync(Body, Body.GetType(), JsonFormat.Options, httpContext.RequestAborted);
    }
}

/// <summary>One page of a list.</summary>
/// <param name="Items">In the order of the list.</param>
/// <param name="Total">Number of items that match the filter, on all pages.</param>
/// <param name="HasMore">There is a next page.</param>
/// <param name="Next">Its <c>cursor</c>; null: there is none.</param>
internal sealed record ListDocument<T>(IReadOnlyList<T> Items, int Total, bool HasMore, string? Next);

/// <summary>A complete list.</summary>
internal sealed record ItemsDocument<T>(IReadOnlyList<T> Items);
