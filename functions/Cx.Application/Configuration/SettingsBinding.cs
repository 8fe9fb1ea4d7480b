using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace Cx.Application.Configuration;

/// <summary>
/// Binds a record setting by setting: <c>ConfigurationBinder.Bind</c> would stop at the first value that cannot be converted, and repeat it in its
/// message. An empty value counts as not given.
/// </summary>
internal sealed class SettingsBinding<T>(IConfiguration configuration) : IConfigureOptions<T>, IValidateOptions<T>
    where T : class
{
    public void Configure(T options)
    {
        foreach (var (property, setting) in Settings.Properties(typeof(T)))
        {
            if (TryRead(property, setting, out var value) && value is not null)
            {
                property.SetValue(options, value);
            }
        }
    }

    public ValidateOptionsResult Validate(string? name, T options)
    {
        var failures = new List<string>();
        var unreadable = new HashSet<string>();
        foreach (var (property, setting) in Settings.Properties(typeof(T)))
        {
            if (TryRead(property, setting, out _))
            {
                var results = new List<ValidationResult>();
                Validator.TryValidateProperty(property.GetValue(options), new ValidationContext(options) { MemberName = property.Name }, results);
                failures.AddRange(results.Select(r => $"{setting.Key}: {r.ErrorMessage}"));
                continue;
            }

            unreadable.Add(property.Name);
            if (!Settings.IsVaultReference(configuration[setting.Path]))   // Those are reported for all settings at once.
            {
                failures.Add($"{setting.Key}: {Form(property.PropertyType)}.");
            }
        }

        // Asked for here, because Validator.TryValidateObject would ask only when every annotation is satisfied.
        var keys = Settings.Properties(typeof(T)).ToDictionary(p => p.Property.Name, p => p.Setting.Key);
        failures.AddRange(
            from result in (options as IValidatableObject)?.Validate(new ValidationContext(options)) ?? []
            let member = result.MemberNames.Single()
            where !unreadable.Contains(member)
            select $"{keys[member]}: {result.ErrorMessage}");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    /// <summary>False for a value that does not have the property's form; null for none.</summary>
    private bool TryRead(PropertyInfo property, SettingAttribute setting, out object? value)
    {
        value = null;
        if (configuration[setting.Path] is not { } text || string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        try
        {
            value = Settings.IsVaultReference(text) ? null : configuration.GetValue(property.PropertyType, setting.Path);
        }
        catch (InvalidOperationException)
        {
            return false;
        }

        // A number is converted to any enum, and names with commas are combined.
        return value is Enum member ? Enum.IsDefined(member.GetType(), member) && char.IsLetter(text.TrimStart()[0]) : value is not null;
    }

    private static string Form(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(int) ? "a whole number"
            : type == typeof(bool) ? "true or false"
            : type == typeof(Uri) ? "an address, like https://cx.example"
            : $"one of {string.Join(", ", Enum.GetNames(type).Select(n => n.ToLowerInvariant()))}";
    }
}
