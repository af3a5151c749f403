using AuthSidecar.Administration.Providers;

namespace AuthSidecar.Administration.Pages;

/// <summary>A button for each identity provider.</summary>
/// <param name="All">The providers.</param>
/// <param name="Action">Target of the forms, to which the provider's name is added.</param>
/// <param name="Verb">Words before the provider's title.</param>
/// <param name="Return">Path to return to; null: the first page.</param>
/// <param name="Draft">Encrypted draft of a form; null: none.</param>
internal sealed record ProviderButtons(IReadOnlyList<LoginProvider> All, string Action, string Verb, string? Return, string? Draft = null);
