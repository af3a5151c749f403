using System.Text.RegularExpressions;

namespace AuthSidecar.Usage.Pricing;

/// <summary>
/// Names under which a model's price is looked up: its own; without a prefix before the last slash (<c>models/</c>, OpenRouter's vendor);
/// without Bedrock's region and vendor; and without up to three dates or versions at its end. Any other difference in the name means
/// another model.
/// </summary>
internal static partial class PricedNames
{
    private const int MostVersions = 3;
    private const int MostVendors = 3;
    private const string Latest = "-latest";

    /// <returns>The longest first, each with its length for comparison.</returns>
    public static IReadOnlyList<(string Name, int Length)> Of(string model)
    {
        List<(string Name, int Length)> names = [];
        AddWithoutVersions(names, model);
        var name = model;
        if (name.LastIndexOf('/') is var slash and >= 0 && slash < name.Length - 1)
        {
            name = name[(slash + 1)..];
            AddWithoutVersions(names, name);
        }

        for (var taken = 0; taken < MostVendors && Vendor().Match(name) is { Success: true } vendor; taken++)
        {
            name = name[vendor.Length..];
            AddWithoutVersions(names, name);
        }

        return [.. names.OrderByDescending(one => one.Length)];
    }

    private static void AddWithoutVersions(List<(string Name, int Length)> names, string name)
    {
        names.Add((name, name.Length));
        for (var taken = 0; taken < MostVersions && Version().Match(name) is { Success: true, Index: > 0 } version; taken++)
        {
            name = name[..version.Index];
            names.Add((name, name.Length));

            // A price of "latest" applies to each version that was the latest.
            names.Add((name + Latest, name.Length));
        }
    }

    [GeneratedRegex(@"\A[a-z-]+\.(?=[a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Vendor();

    // In order: latest, year-month-day, month-year, year and month, month and day, and the versions of Bedrock, Vertex and Gemini.
    [GeneratedRegex(
        """
            (?:
                [-@:]latest
                | [-@]20\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])
                | -(?:0[1-9]|1[0-2])-20\d\d
                | -2[3-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?
                | -(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])
                | -v\d\d?:\d\d?
                | @\d\d\d
                | -0\d\d
            )\z
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant
    )]
    private static partial Regex Version();
}
